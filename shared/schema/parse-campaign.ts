/** Text of a campaign file to a campaign, or to all its faults at once. */

import type { Campaign } from '../domain/campaign.js';
import type { Configuration } from '../domain/configuration.js';
import type { Parameter } from '../domain/search-space.js';
import { buildCampaign } from './build-campaign.js';
import { buildParameter } from './build-space.js';
import { campaignHash, formerCampaignHash } from './campaign-hash.js';
import type { CampaignFile, CampaignPart } from './campaign-schema.js';
import { campaignFileSchema } from './campaign-schema.js';
import { carbonFaults } from './carbon-checks.js';
import { executionFaults } from './execution-checks.js';
import type { Fault, PathFault } from './fault.js';
import { valueFault } from './fault.js';
import { firstFaults } from './first-checks.js';
import { languageModelFaults } from './language-model-checks.js';
import { objectiveFaults } from './objective-checks.js';
import { isRecord, schemaFaults } from './schema-faults.js';
import { spaceFaults } from './space-checks.js';
import { unsupportedFaults } from './unsupported.js';
import { commandFaults } from './workload-checks.js';
import type { YamlSource } from './yaml-source.js';
import { readYaml } from './yaml-source.js';

/** A campaign with the hash of its content, or every fault of its file in the order of lines. */
export type ParsedCampaign =
  | {
      readonly ok: true;
      readonly campaign: Campaign;
      readonly hash: string;
      /** Under which an older version knew the same file; absent where it could not have read it. */
      readonly formerHash?: string;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** What a check of constraints may look at. */
export interface ConstraintRequest {
  /** Parameters whose form is right. */
  readonly parameters: readonly Parameter[];
  /** Names of those whose form is wrong. */
  readonly malformed: readonly string[];
  readonly constraints: readonly string[];
  /** Configurations to be tried first that are right but for constraints, with their indices in the file. */
  readonly first: readonly { readonly index: number; readonly configuration: Configuration }[];
  /** Whether nothing else is wrong with the space. */
  readonly isSound: boolean;
}

/** Checks constraints; the paths of its faults begin with `constraints` or `proposer.first`. */
export type ConstraintCheck = (request: ConstraintRequest) => readonly PathFault[];

export interface ParseOptions {
  /** Absent: constraints are carried along unread. */
  readonly checkConstraints?: ConstraintCheck;
}

/** Never throws for any text. The campaign is frozen and complete. */
export function parseCampaign(text: string, { checkConstraints }: ParseOptions = {}): ParsedCampaign {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, faults: yaml.faults };
  const { source } = yaml;
  const { file, faults } = checkFile(source.data, checkConstraints);
  if (!file || faults.length > 0 || source.faults.length > 0) {
    return { ok: false, faults: placed(faults, source) };
  }
  const campaign = deepFreeze(buildCampaign(file));
  const formerHash = formerCampaignHash(campaign, file);
  return { ok: true, campaign, hash: campaignHash(campaign), ...(formerHash !== undefined && { formerHash }) };
}

interface CheckedFile {
  /** Present when the form of everything is right. */
  readonly file?: CampaignFile;
  readonly faults: readonly PathFault[];
}

function checkFile(data: unknown, checkConstraints?: ConstraintCheck): CheckedFile {
  const remedy = 'Begin with "name: my-campaign"; see docs/campaign-file.md.';
  if (data === null || data === undefined) return { faults: [valueFault([], 'the file is empty', remedy)] };
  if (!isRecord(data)) return { faults: [valueFault([], 'the file does not hold keys and values', remedy)] };
  const formal = schemaFaults(campaignFileSchema, data);
  const whole = campaignFileSchema.safeParse(data);
  const partial: CampaignPart = whole.success ? whole.data : salvage(data, formal);
  const declared = isRecord(data['space']) ? Object.keys(data['space']) : [];
  const faults = [...formal, ...crossFaults(partial, declared)];
  const constraints = checkConstraints?.(constraintRequest(partial, declared, faults)) ?? [];
  return { ...(whole.success ? { file: whole.data } : {}), faults: [...faults, ...constraints] };
}

function crossFaults(file: CampaignPart, declared: readonly string[]): PathFault[] {
  return [
    ...(file.space ? spaceFaults(file.space, declared) : []),
    ...objectiveFaults(file),
    ...commandFaults(file, declared),
    ...languageModelFaults(file, declared),
    ...executionFaults(file),
    ...carbonFaults(file),
    ...firstFaults(file, declared).faults,
    ...unsupportedFaults(file),
  ];
}

function constraintRequest(
  file: CampaignPart,
  declared: readonly string[],
  faults: readonly PathFault[],
): ConstraintRequest {
  const parameters = Object.entries(file.space ?? {}).map(([name, input]) => buildParameter(name, input));
  return {
    parameters,
    malformed: declared.filter((name) => !Object.hasOwn(file.space ?? {}, name)),
    constraints: file.constraints ?? [],
    first: firstFaults(file, declared).sound,
    isSound: file.space !== undefined && !faults.some(({ path }) => path[0] === 'space'),
  };
}

/** Blocks in which one malformed entry leaves the others readable. */
const ENTRY_BLOCKS: readonly unknown[] = ['space', 'objectives', 'metrics'];

/** The part of the file whose form is right, so that what lies between its blocks is checked in the same go. */
function salvage(data: Readonly<Record<string, unknown>>, faults: readonly PathFault[]): CampaignPart {
  const rest: Record<string, unknown> = { ...data };
  for (const { path } of faults) {
    const [block, entry] = path;
    if (typeof block !== 'string') continue;
    const left = withoutEntry(block, rest[block], entry);
    if (left === undefined) delete rest[block];
    else rest[block] = left;
  }
  const result = campaignFileSchema.partial().safeParse(rest);
  return result.success ? result.data : {};
}

/** The block without one entry; `undefined` where nothing readable is left. */
function withoutEntry(block: string, entries: unknown, entry: string | number | undefined): unknown {
  if (!ENTRY_BLOCKS.includes(block) || typeof entry !== 'string' || !isRecord(entries)) return undefined;
  const left = Object.entries(entries).filter(([name]) => name !== entry);
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

/** More faults than this help nobody. */
const MOST_FAULTS = 100;

function placed(faults: readonly PathFault[], source: YamlSource): readonly Fault[] {
  const all = [...source.faults, ...faults.slice(0, MOST_FAULTS).map((fault) => source.place(fault))];
  const unique = [...new Map(all.map((fault) => [JSON.stringify(fault), fault])).values()];
  const sorted = unique.sort((a, b) => a.line - b.line || a.column - b.column);
  const more = faults.length - MOST_FAULTS;
  if (more <= 0) return sorted;
  const last = { line: sorted.at(-1)?.line ?? 1, column: 1, path: '' };
  return [...sorted, { ...last, problem: `there are ${more} more faults`, remedy: 'Mend these first.' }];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
