/** The machines that took part, their devices, and how the energy of each was known. */

import type { Device, SensorQuality, SensorReport } from '../../shared/domain/hardware.js';
import { formatQuantity } from '../../shared/domain/quantity.js';
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
        `${machine.cpuModel}, ${machine.cores} cores, ${formatQuantity(machine.memoryBytes, 'B')} of memory, ${machine.operatingSystem}`,
      ],
      ['classes', machine.classes.join('; ') || 'none'],
      ['backend', `${machine.backend}: ${machine.backendReason}`],
      ...(machine.gpuAdvice === undefined ? [] : [['unused GPU', machine.gpuAdvice] as const]),
      ['versions', versions.join(', ') || 'unknown'],
      ['agent', machine.agent],
    ])}
    ${dataTable([{ name: 'device' }, { name: 'kind' }, { name: 'product' }, { name: 'memory', align: 'number' }, { name: 'power limit', align: 'number' }], machine.devices.map(deviceRow))}
    ${dataTable([{ name: 'energy of' }, { name: 'device' }, { name: 'source' }, { name: 'known as' }, { name: 'detail', align: 'long' }], machine.sensors.map(sensorRow))}
    ${qualityTable(machine.sensors)}
  </article>`;
}

function deviceRow({ id, kind, product, memoryBytes, powerLimitWatts, simulated }: Device): Cell[] {
  return [
    html`<code>${id}</code>`,
    kind,
    simulated === undefined
      ? product
      : html`${product} ${provenanceBadge('simulated')} <span class="unit">${simulated}</span>`,
    memoryBytes === undefined ? '–' : formatQuantity(memoryBytes, 'B'),
    powerLimitWatts === undefined ? '–' : `${powerLimitWatts} W`,
  ];
}

function sensorRow({ part, device, source, available, provenance, detail }: SensorReport): Cell[] {
  const known = available ? provenanceBadge(provenance) : html`<span class="unknown">not available</span>`;
  return [part, html`<code>${device}</code>`, source, known, detail];
}

/** How the sensors were found to behave; none for a machine that has not said so. */
function qualityTable(sensors: readonly SensorReport[]): Markup {
  const known = sensors.flatMap(({ device, quality, available }) =>
    quality && available ? [{ device, quality }] : [],
  );
  const lengths = [...new Set(known.flatMap(({ quality }) => quality.expected.map(({ seconds }) => seconds)))];
  const columns = [
    { name: 'sensor of', align: 'brief' as const },
    { name: 'updates every', align: 'number' as const },
    { name: 'looks', align: 'brief' as const },
    ...lengths.map((seconds) => ({ name: `± in ${shortNumber(seconds)} s`, align: 'number' as const })),
    { name: '± gain', align: 'number' as const },
    { name: 'second reading', align: 'number' as const },
  ];
  return dataTable(
    columns,
    known.map(({ device, quality }) => qualityRow(device, quality, lengths)),
  );
}

function qualityRow(device: string, quality: SensorQuality, lengths: readonly number[]): Cell[] {
  const { updateMilliseconds, coverage, coverageBasis, expected, disagreement } = quality;
  const ofLength = (wanted: number): Cell => {
    const found = expected.find(({ seconds }) => seconds === wanted);
    return found ? percent(found.random) : unknown('not known yet');
  };
  return [
    html`<code>${device}</code>`,
    `${shortNumber(updateMilliseconds)} ms`,
    html`${percent(coverage)} of the time<br /><span class="unit">${coverageBasis}</span>`,
    ...lengths.map(ofLength),
    expected[0] ? percent(expected[0].gain) : unknown('not known yet'),
    disagreement === undefined ? '–' : signedPercent(disagreement),
  ];
}

const signedPercent = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;
