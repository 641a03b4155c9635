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
  /** Parts per million. */
  readonly maxSpikes: number;
}
