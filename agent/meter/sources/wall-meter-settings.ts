/** How a wall meter is read: a smart plug, a power distribution unit or a baseboard controller; plain data that can cross into a thread. */

/** Factor of each unit to watts or joules. */
export const WALL_UNITS = {
  mW: { measures: 'power', factor: 1e-3 },
  W: { measures: 'power', factor: 1 },
  kW: { measures: 'power', factor: 1e3 },
  J: { measures: 'energy', factor: 1 },
  kJ: { measures: 'energy', factor: 1e3 },
  Wh: { measures: 'energy', factor: 3600 },
  kWh: { measures: 'energy', factor: 3.6e6 },
} as const;
export type WallUnit = keyof typeof WALL_UNITS;

/** Where the figure comes from. */
export type WallRead =
  /** The operator's own command line, given to `/bin/sh -c`; the first number of its last non-empty line is the figure. */
  | { readonly reads: 'command'; readonly command: string }
  /** A JSON document over HTTP; `path` leads to the figure, such as `meters[0].power`. */
  | { readonly reads: 'http'; readonly url: string; readonly path: string };

export type WallMeterSettings = WallRead & {
  readonly unit: WallUnit;
  /** From the beginning of one request to that of the next. */
  readonly periodMilliseconds: number;
  /** Relative standard uncertainty of the meter's gain, and what that rests on. */
  readonly accuracy: { readonly relative: number; readonly basis: string };
};

export const WALL_DEFAULTS = {
  unit: 'W',
  periodMilliseconds: 1000,
  accuracy: { relative: 0.02, basis: 'assumed; state the meter’s own with --wall-accuracy' },
} as const satisfies Partial<WallMeterSettings>;
