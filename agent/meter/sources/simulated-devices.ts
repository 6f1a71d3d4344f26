/** The accelerators that `--simulate NAME` can stand in for, with their stated figures. */

export interface SimulatedModel {
  /** Name on the command line. */
  readonly name: string;
  readonly product: string;
  readonly memoryBytes: number;
  readonly idleWatts: number;
  /** Board power limit: taken as drawn at full load. */
  readonly peakWatts: number;
  /** What kind of device it is beside the others, for people. */
  readonly note: string;
  /** Where the figures come from. */
  readonly basis: string;
}

const GIB = 2 ** 30;

export const SIMULATED_MODELS: readonly SimulatedModel[] = [
  {
    name: 'h100',
    product: 'NVIDIA H100 80GB HBM3',
    memoryBytes: 80 * GIB,
    idleWatts: 70,
    peakWatts: 700,
    note: 'data centre, fastest of these; high idle power',
    basis: 'peak: 700 W of the SXM data sheet; idle: about 70 W as commonly reported by nvidia-smi',
  },
  {
    name: 'a100',
    product: 'NVIDIA A100-SXM4-80GB',
    memoryBytes: 80 * GIB,
    idleWatts: 55,
    peakWatts: 400,
    note: 'data centre, about half the work per joule of an H100',
    basis: 'peak: 400 W of the SXM data sheet; idle: about 55 W as commonly reported by nvidia-smi',
  },
  {
    name: 'rtx4090',
    product: 'NVIDIA GeForce RTX 4090',
    memoryBytes: 24 * GIB,
    idleWatts: 20,
    peakWatts: 450,
    note: 'workstation, low idle power beside its peak',
    basis: 'peak: 450 W total graphics power of the product page; idle: about 20 W as commonly reviewed',
  },
  {
    name: 'jetson-orin',
    product: 'NVIDIA Jetson AGX Orin',
    memoryBytes: 64 * GIB,
    idleWatts: 9,
    peakWatts: 60,
    note: 'embedded, slow and frugal',
    basis: 'peak: 60 W power mode of the data sheet; idle: about 9 W of the module as commonly reviewed',
  },
];
