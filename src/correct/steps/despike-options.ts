/** What despike is asked to do; both methods read it. */

export interface DespikeOptions {
  readonly despike: 'leginon' | 'robust' | 'off';
  readonly despikeFrames: boolean;
  readonly despikeSize: number;
  /** Null: the method's own. */
  readonly despikeThreshold: number | null;
  readonly despikePatch: number;
  readonly despikePolarity: 'bright' | 'dark' | 'both';
  readonly despikeFill: 'median' | 'neighbour';
  readonly diffraction: boolean;
  readonly despikeArithmetic: 'float64' | 'float32';
  readonly despikeSaturated: boolean;
  /** Exposures whose patches look alike are corrected again, so that these stay. */
  readonly despikeGuard: boolean;
  /** Parts per million. */
  readonly maxSpikes: number;
}
