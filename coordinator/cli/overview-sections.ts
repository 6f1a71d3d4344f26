/** The upper part of the live view: the campaign, how far it is, what it has cost, who works on it and how it goes on. */

import { machineSummary } from '../../shared/runtime/machine-text.js';
import { renderLine, type Span } from '../../shared/runtime/terminal-text.js';
import type { AgentView, CampaignSnapshot } from '../campaign/snapshot.js';
import { counted, searchEnergyText } from './campaign-text.js';
import { tableLines, type Column } from './column-layout.js';
import { progressSpans } from './progress-line.js';
import { lineSection, rowRoom, textColumn, type Section, type SectionOptions } from './section.js';

/** Header, progress, energy, agents and proposer, in this order. */
export function overviewSections(snapshot: CampaignSnapshot, options: SectionOptions): Section[] {
  return [
    lineSection(headerSpans(snapshot, options), 1, options),
    lineSection(progressSpans(snapshot, options), 0, options),
    lineSection(labelled('Energy', energyText(snapshot), options), 2, options),
    agentSection(snapshot.agents, options),
    ...proposerSections(snapshot, options),
  ];
}

const NO_AGENT = 'waiting for an agent';
const NO_FITTING_AGENT = 'waiting for an agent that can take a trial';

const labelled = (label: string, text: string, { palette }: SectionOptions): Span[] => [
  { text: label.padEnd(10), style: palette.dim },
  { text },
];

function headerSpans(
  { campaign, id, state, closeReason, agents }: CampaignSnapshot,
  { palette }: SectionOptions,
): Span[] {
  const working = agents.some(
    ({ connected, quarantined, slots }) => connected && quarantined === undefined && slots > 0,
  );
  const waiting = agents.some(({ connected }) => connected) ? NO_FITTING_AGENT : NO_AGENT;
  const open: Span = working ? { text: 'running', style: palette.green } : { text: waiting, style: palette.yellow };
  return [
    { text: campaign.name, style: palette.bold },
    { text: '  ' },
    { text: id, style: palette.dim },
    { text: '  ' },
    state === 'open' ? open : { text: `closed: ${closeReason ?? 'no reason given'}`, style: palette.cyan },
  ];
}

function energyText({ searchEnergy, searchEnergyIsLowerBound, results, running }: CampaignSnapshot): string {
  if (results.length + running.length === 0) return 'nothing spent yet';
  return `${searchEnergyText(searchEnergy, searchEnergyIsLowerBound)} for all attempts`;
}

/** Rows that are worth the work of laying them out: no terminal shows more. */
const MOST_ROWS = 100;

function agentSection(agents: readonly AgentView[], options: SectionOptions): Section {
  const connected = agents.filter((agent) => agent.connected);
  const away = agents.length - connected.length;
  const quarantined = agents.filter((agent) => agent.quarantined !== undefined);
  const total = (pick: (agent: AgentView) => number): number => connected.reduce((sum, agent) => sum + pick(agent), 0);
  const text = [
    `${connected.length} connected`,
    ...(away > 0 ? [`${away} away`] : []),
    ...(quarantined.length > 0 ? [`${quarantined.length} quarantined`] : []),
    `${total(({ busySlots }) => busySlots)} of ${counted(
      total(({ slots }) => slots),
      'slot',
    )} busy`,
  ].join(', ');
  const troubledFirst = [...connected].sort((a, b) => Number(isTroubled(b)) - Number(isTroubled(a)));
  return {
    head: [renderLine(labelled('Agents', text, options), options.width)],
    rows: tableLines(agentColumns(troubledFirst.slice(0, MOST_ROWS), options), rowRoom(options), options.palette.dim)
      .rows,
    fewestRows: 0,
    rank: 6,
    apart: false,
  };
}

const isTroubled = ({ quarantined, unfit }: AgentView): boolean => quarantined !== undefined || unfit !== undefined;

function agentColumns(agents: readonly AgentView[], { palette }: SectionOptions): Column[] {
  const state = ({ quarantined, unfit, machine }: AgentView): Span => {
    if (quarantined !== undefined) return { text: `quarantined: ${quarantined}`, style: palette.red };
    if (unfit !== undefined) return { text: `can take no trial: ${unfit}`, style: palette.yellow };
    return { text: machineSummary(machine), style: palette.dim };
  };
  return [
    textColumn(
      agents.map(({ name }) => ({ text: name })),
      0,
      6,
    ),
    textColumn(
      agents.map(({ busySlots, slots }) => ({ text: `${busySlots}/${slots}` })),
      1,
    ),
    textColumn(agents.map(state), 2, 12),
  ];
}

function proposerSections({ proposerMethod }: CampaignSnapshot, options: SectionOptions): Section[] {
  if (proposerMethod === undefined) return [];
  return [lineSection(labelled('Proposer', proposerMethod, options), 7, options)];
}
