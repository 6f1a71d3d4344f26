/** The machines that took part, their devices, and how the energy of each was known. */

import type { Device, SensorReport } from '../../shared/domain/hardware.js';
import { provenanceBadge, unknown } from './badges.js';
import { dataTable, factList, type Cell } from './data-table.js';
import { html, NOTHING, type Markup } from './html-text.js';
import type { MachineFacts, ReportData } from './report-data.js';
import { percent, shortNumber } from './value-text.js';

export function hardwareSection({ machines }: ReportData): Markup {
  return html`<section id="hardware">
    <h2>Hardware and sensors</h2>
    ${machines.length === 0 ? html`<p>No agent has registered yet.</p>` : NOTHING} ${machines.map(machineMarkup)}
  </section>`;
}

function machineMarkup(machine: MachineFacts): Markup {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return html`<article>
    <h3>${machine.name} <span class="unit">${machine.hostName}</span></h3>
    ${factList([
      [
        'machine',
        `${machine.cpuModel}, ${machine.cores} cores, ${gibibytes(machine.memoryBytes)} of memory, ${machine.operatingSystem}`,
      ],
      ['classes', machine.classes.join('; ') || 'none'],
      ['backend', `${machine.backend}: ${machine.backendReason}`],
      ...(machine.gpuAdvice === undefined ? [] : [['unused GPU', machine.gpuAdvice] as const]),
      ['versions', versions.join(', ') || 'unknown'],
      ['agent', machine.agent],
    ])}
    ${dataTable([{ name: 'device' }, { name: 'kind' }, { name: 'product' }, { name: 'memory', align: 'number' }, { name: 'power limit', align: 'number' }], machine.devices.map(deviceRow))}
    ${dataTable([{ name: 'energy of' }, { name: 'device' }, { name: 'source' }, { name: 'known as' }, { name: 'detail', align: 'long' }], machine.sensors.map(sensorRow))}
    ${dataTable(QUALITY_COLUMNS, machine.sensors.flatMap(qualityRows))}
  </article>`;
}

const gibibytes = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;

function deviceRow({ id, kind, product, memoryBytes, powerLimitWatts, simulated }: Device): Cell[] {
  return [
    html`<code>${id}</code>`,
    kind,
    simulated === undefined
      ? product
      : html`${product} ${provenanceBadge('simulated')} <span class="unit">${simulated}</span>`,
    memoryBytes === undefined ? '–' : gibibytes(memoryBytes),
    powerLimitWatts === undefined ? '–' : `${powerLimitWatts} W`,
  ];
}

function sensorRow({ part, device, source, available, provenance, detail }: SensorReport): Cell[] {
  const known = available ? provenanceBadge(provenance) : html`<span class="unknown">not available</span>`;
  return [part, html`<code>${device}</code>`, source, known, detail];
}

const QUALITY_COLUMNS = [
  { name: 'behaviour of' },
  { name: 'updates every', align: 'number' as const },
  { name: 'looks at', align: 'number' as const },
  { name: 'found by', align: 'long' as const },
  { name: 'expected ± of a window', align: 'number' as const },
  { name: 'gain', align: 'number' as const },
  { name: 'second reading', align: 'number' as const },
];

/** How a sensor was found to behave; a machine that has not said so has no such row. */
function qualityRows({ device, quality, available }: SensorReport): Cell[][] {
  if (!available || !quality) return [];
  const { updateMilliseconds, coverage, coverageBasis, expected, disagreement } = quality;
  const gain = expected[0]?.gain;
  return [
    [
      html`<code>${device}</code>`,
      `${shortNumber(updateMilliseconds)} ms`,
      `${percent(coverage)} of the time`,
      coverageBasis,
      expected.length === 0
        ? unknown('not known yet')
        : expected.map(({ seconds, random }) => `${percent(random)} in ${shortNumber(seconds)} s`).join(', '),
      gain === undefined ? '–' : `± ${percent(gain)}`,
      disagreement === undefined ? '–' : signedPercent(disagreement),
    ],
  ];
}

const signedPercent = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
