/** Constructs that have their place in the campaign file but no working path yet; removing an entry here admits one. */

import type { CampaignPart } from './campaign-schema.js';
import type { FaultPath, PathFault } from './fault.js';
import { keyFault } from './fault.js';

interface Unsupported {
  readonly path: FaultPath;
  /** Whether the file makes use of it. */
  readonly isUsed: (file: CampaignPart) => boolean;
  /** What to do meanwhile. */
  readonly remedy: string;
}

const REMOVE = 'Remove it.';

const NOT_SUPPORTED_YET: readonly Unsupported[] = [
  {
    path: ['budget', 'device-hours'],
    isUsed: (file) => file.budget?.['device-hours'] !== undefined,
    remedy: 'Use hours, trials or energy.',
  },
  {
    path: ['hardware', 'policy'],
    isUsed: (file) => file.hardware?.policy === 'pinned',
    remedy: 'Use pooled with classes: […].',
  },
  { path: ['needs', 'environment'], isUsed: (file) => file.needs?.environment !== undefined, remedy: REMOVE },
  {
    path: ['needs', 'data'],
    isUsed: (file) => isFilled(file.needs?.data),
    remedy: 'Give the program a path in its arguments.',
  },
  { path: ['needs', 'devices'], isUsed: (file) => (file.needs?.devices ?? 1) > 1, remedy: 'Write devices: 1.' },
  {
    path: ['needs', 'device-memory'],
    isUsed: (file) => file.needs?.['device-memory'] !== undefined,
    remedy: 'Use hardware: {classes: […]}.',
  },
  { path: ['needs', 'disk'], isUsed: (file) => file.needs?.disk !== undefined, remedy: REMOVE },
  { path: ['code'], isUsed: (file) => file.code !== undefined, remedy: 'Have the code on every agent.' },
  {
    path: ['secrets'],
    isUsed: (file) => isFilled(file.secrets),
    remedy: 'Set the variables where the agents are started.',
  },
  { path: ['checkpoints'], isUsed: (file) => file.checkpoints !== undefined, remedy: REMOVE },
  {
    path: ['start-from'],
    isUsed: (file) => file['start-from'] !== undefined,
    remedy: 'Name it on the command line: --from CAMPAIGN.',
  },
];

/** A fault for each construct that is used and not supported yet. */
export function unsupportedFaults(file: CampaignPart): PathFault[] {
  const listed = NOT_SUPPORTED_YET.filter(({ isUsed }) => isUsed(file)).map(({ path, remedy }) =>
    unsupported(path, remedy),
  );
  return [...listed, ...severalParentsFaults(file)];
}

/** A parameter that is active under a condition on several others. */
export const severalParentsFaults = (file: CampaignPart): PathFault[] =>
  Object.entries(file.space ?? {})
    .filter(([, input]) => typeof input === 'object' && 'when' in input && Object.keys(input.when ?? {}).length > 1)
    .map(([name]) => unsupported(['space', name, 'when'], 'Name one parameter; make that one conditional in turn.'));

const unsupported = (path: FaultPath, remedy: string): PathFault => keyFault(path, 'is not supported yet', remedy);

const isFilled = (list: readonly unknown[] | undefined): boolean => (list?.length ?? 0) > 0;
