/** Draws a chart as SVG text, without a browser; colours are CSS variables of the page. */

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Axis } from './chart-axis.js';
import { html, trusted, type Markup } from './html-text.js';

export interface ChartOptions extends Omit<Plot.PlotOptions, 'label' | 'x' | 'marks'> {
  /** Read out in place of the picture. */
  readonly label: string;
  readonly xAxis: Axis;
  /** Absent: what `y` says. */
  readonly yAxis?: Axis;
  readonly marks: Plot.Markish[];
}

/** Size of one panel in CSS pixels before it is fitted to its column. */
export const PANEL = { width: 390, height: 310 } as const;

/** A figure as markup; what it needs of style is in the page's sheet. */
export function drawChart({ label, xAxis, yAxis, marks, ...options }: ChartOptions): Markup {
  const window: unknown = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    ...PANEL,
    marginBottom: 44,
    style: { fontSize: '12px' },
    ...options,
    x: scaleOf(xAxis),
    ...(yAxis && { y: scaleOf(yAxis) }),
    marks: [
      Plot.gridX(xAxis.ticks),
      Plot.axisX(xAxis.ticks, axisOptions(xAxis)),
      ...(yAxis ? [Plot.gridY(yAxis.ticks), Plot.axisY(yAxis.ticks, axisOptions(yAxis))] : []),
      ...marks,
    ],
    document: (window as BrowserWindow).document,
    className: 'chart',
  }) as unknown as SvgElement;
  svg.querySelector('style')?.remove();
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return html`<figure role="img" aria-label="${label}">${trusted(shortened(svg.outerHTML))}</figure>`;
}

const scaleOf = ({ type, domain }: Axis): Plot.ScaleOptions => ({ type, domain: [...domain], axis: null });

/** Texts are given as a channel: the formatter of a logarithmic scale would drop some of them. */
const axisOptions = ({ label, text }: Axis): Plot.AxisXOptions & Plot.AxisYOptions => ({
  label,
  labelAnchor: 'center',
  labelArrow: 'none',
  text,
});

interface BrowserWindow {
  readonly document: never;
}

/** What is used of an element; the compiler knows no browser types here. */
interface SvgElement {
  readonly outerHTML: string;
  querySelector(selector: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
}

/** Rounds coordinates to hundredths of a pixel; texts stay as they are. */
const shortened = (svg: string): string =>
  svg.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/ (?:d|transform|[xyr]|[xy][12]|c[xy])="[^"]*"/g, (attribute) =>
      attribute.replace(/(\.\d\d)\d+/g, '$1'),
    ),
  );
