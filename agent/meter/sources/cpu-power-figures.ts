/** The watts that the CPU model takes for one busy core, and what they rest on. */

/** Rated power of one processor by its maker, in watts, and its physical cores. */
interface RatedProcessor {
  readonly name: string;
  readonly watts: number;
  readonly cores: number;
}

/** Source: the makers' product pages (TDP, cTDP default or Processor Base Power). */
const SERVER: readonly RatedProcessor[] = [
  { name: 'EPYC 7742', watts: 225, cores: 64 },
  { name: 'EPYC 7763', watts: 280, cores: 64 },
  { name: 'EPYC 9654', watts: 360, cores: 96 },
  { name: 'Xeon Gold 6248', watts: 150, cores: 20 },
  { name: 'Xeon Platinum 8380', watts: 270, cores: 40 },
  { name: 'Xeon Platinum 8480+', watts: 350, cores: 56 },
];
const DESKTOP: readonly RatedProcessor[] = [
  { name: 'Core i7-8700', watts: 65, cores: 6 },
  { name: 'Core i7-12700K', watts: 125, cores: 12 },
  { name: 'Core i9-13900K', watts: 125, cores: 24 },
  { name: 'Ryzen 7 5800X', watts: 105, cores: 8 },
  { name: 'Ryzen 9 5950X', watts: 105, cores: 16 },
];

export interface CorePower {
  readonly wattsPerBusyCore: number;
  /** Relative standard uncertainty; common to all figures of the machine. */
  readonly gain: number;
  readonly basis: string;
}

/** An operator who states a figure is taken to know it this well. */
const STATED_GAIN = 0.3;
/** For a processor of a kind that the lists do not hold. */
const FOREIGN_GAIN = 0.5;

/** The operator's figure, else the mean rated power per core of processors of the same kind. */
export function corePower(cpuProduct: string, stated: number | undefined): CorePower {
  if (stated !== undefined) {
    return { wattsPerBusyCore: stated, gain: STATED_GAIN, basis: 'stated by the operator' };
  }
  const desktop = /Core\(TM\)|\bRyzen\b|\bCore i\d/i.test(cpuProduct);
  const known = desktop || /EPYC|Xeon/i.test(cpuProduct);
  const list = desktop ? DESKTOP : SERVER;
  const perCore = list.map(({ watts, cores }) => watts / cores);
  const mean = perCore.reduce((sum, watts) => sum + watts, 0) / list.length;
  const variance = perCore.reduce((sum, watts) => sum + (watts - mean) ** 2, 0) / (list.length - 1);
  const basis = `mean rated power per core of ${list.map(({ name }) => name).join(', ')}`;
  return { wattsPerBusyCore: mean, gain: known ? Math.sqrt(variance) / mean : FOREIGN_GAIN, basis };
}
