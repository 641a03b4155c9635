/**
 * What stands before the camera: the beam, uneven; a holey carbon film with the edge of one hole, the film's grain,
 * particles in the ice. Amplitude contrast only, of the size that micrographs show; no lens is simulated, since
 * corrections see counts and not phases. After Vulovic et al. 2013, J. Struct. Biol. 183, 19 (specimen and dose).
 */

import type { Noise } from './noise.ts';

export interface Scene {
  /** Puts the counts expected at `rows` rows from `first` on into `out`: rows x width, before any camera. */
  expected(first: number, rows: number, out: Float32Array): void;
}

/** Transmission of the film against the hole; a film of 20 nm takes about that much out of the beam. */
const CARBON = 0.8;
/** Relative deviation of the grain, in the film and in the hole. */
const CARBON_GRAIN = 0.03;
const ICE_GRAIN = 0.008;
/** What the thickest part of a particle takes out. */
const PARTICLE_CONTRAST = 0.15;
/** Half the width of the hole's edge, and the reach of the bright and the dark line along it, px. */
const EDGE = 3;
const FRINGE = 8;
const FRINGE_CONTRAST = 0.08;
/** The beam differs by at most this between two opposite sides. */
const GRADIENT = 0.15;
/** Side of the tile that the grain repeats in, px; a power of 2. */
const TILE = 256;

/** A view of `width` x `height` px under a beam of `dose` counts per pixel, drawn from `noise`. */
export function scene(width: number, height: number, dose: number, noise: Noise): Scene {
  const across = GRADIENT * (2 * noise.uniform() - 1);
  const along = GRADIENT * (2 * noise.uniform() - 1);
  const side = Math.min(width, height);
  // The hole's middle lies off the picture's, so that the edge runs through it.
  const radius = side * (0.45 + 0.4 * noise.uniform());
  const holeCol = width * (0.5 + 0.4 * (noise.uniform() - 0.5));
  const holeRow = height * (0.5 + 0.4 * (noise.uniform() - 0.5));
  const grain = grainTile(noise);
  const grainRow = noise.bits() & (TILE - 1);
  const grainCol = noise.bits() & (TILE - 1);
  const particles = particlesIn(width, height, noise);

  function expected(first: number, rows: number, out: Float32Array): void {
    for (let row = first; row < first + rows; row++) {
      const at = (row - first) * width;
      const beam = dose * (1 - across / 2 + along * (row / height - 0.5));
      const slope = (dose * across) / width;
      const y2 = (row - holeRow) * (row - holeRow);
      const tile = ((row + grainRow) & (TILE - 1)) * TILE;
      for (let col = 0; col < width; col++) {
        const distance = Math.sqrt((col - holeCol) * (col - holeCol) + y2) - radius;
        const inFilm = distance > FRINGE ? 1 : distance < -FRINGE ? 0 : smooth(0.5 + distance / (2 * EDGE));
        let through = 1 - (1 - CARBON) * inFilm;
        through *=
          1 + grain[tile | ((col + grainCol) & (TILE - 1))]! * (ICE_GRAIN + (CARBON_GRAIN - ICE_GRAIN) * inFilm);
        if (distance > -FRINGE && distance < FRINGE) through *= 1 - fringe(distance / FRINGE);
        out[at + col] = (beam + slope * col) * through;
      }
    }
    for (const particle of particles) particle.shade(first, rows, width, out);
  }
  return { expected };
}

/** 0 below 0, 1 above 1, without a kink between. */
function smooth(x: number): number {
  const t = Math.min(Math.max(x, 0), 1);
  return t * t * (3 - 2 * t);
}

/** A bright line on the hole's side (x < 0), a dark one on the film's: what is left of Fresnel fringes near focus. */
function fringe(x: number): number {
  const fade = 1 - x * x;
  return FRINGE_CONTRAST * 2 * x * fade * fade;
}

/** Gaussian grain of deviation 1, correlated over about 3 px, repeating seamlessly. */
function grainTile(noise: Noise): Float32Array {
  const white = Float64Array.from({ length: TILE * TILE }, noise.gaussian);
  const tile = new Float32Array(TILE * TILE);
  for (let row = 0; row < TILE; row++) {
    for (let col = 0; col < TILE; col++) {
      let sum = 0;
      for (let dr = 0; dr < 3; dr++) {
        const line = ((row + dr) & (TILE - 1)) * TILE;
        for (let dc = 0; dc < 3; dc++) sum += white[line | ((col + dc) & (TILE - 1))]!;
      }
      tile[row * TILE + col] = sum / 3;
    }
  }
  return tile;
}

interface Particle {
  shade(first: number, rows: number, width: number, out: Float32Array): void;
}

/** Balls of one size, in random places, about one on every 6 x 6 diameters. */
function particlesIn(width: number, height: number, noise: Noise): Particle[] {
  const radius = Math.min(24, Math.max(3, Math.round(Math.min(width, height) / 40)));
  const side = 2 * radius + 1;
  const stamp = new Float32Array(side * side);
  for (let i = 0; i < stamp.length; i++) {
    const y = Math.floor(i / side) - radius;
    const x = (i % side) - radius;
    // The thickness of a ball along the beam.
    stamp[i] = 1 - PARTICLE_CONTRAST * Math.sqrt(Math.max(0, 1 - (x * x + y * y) / (radius * radius)));
  }
  const count = Math.ceil((width * height) / (6 * side) ** 2);
  return Array.from({ length: count }, () => {
    const left = Math.floor(noise.uniform() * (width + side)) - side;
    const top = Math.floor(noise.uniform() * (height + side)) - side;
    return {
      shade(first, rows, wide, out) {
        const lastRow = Math.min(first + rows, top + side);
        const lastCol = Math.min(wide, left + side);
        for (let row = Math.max(first, top); row < lastRow; row++) {
          for (let col = Math.max(0, left); col < lastCol; col++) {
            out[(row - first) * wide + col]! *= stamp[(row - top) * side + col - left]!;
          }
        }
      },
    };
  });
}
