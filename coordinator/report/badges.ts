/** Small marks that travel with figures: how an energy came about, and what became of a trial. */

import type { Provenance } from '../../shared/domain/measurement.js';
import type { TrialState } from '../../shared/domain/trial.js';
import { html, NOTHING, type Markup } from './html-text.js';
import { PROVENANCE_WORDS } from './value-text.js';

/** The provenance as one word, its meaning on hover. */
export const provenanceBadge = (provenance: Provenance | undefined): Markup =>
  provenance === undefined
    ? NOTHING
    : html`<span class="badge ${provenance}" title="${PROVENANCE_WORDS[provenance]}">${provenance}</span>`;

export const stateBadge = (state: TrialState): Markup => html`<span class="badge state-${state}">${state}</span>`;

/** Stands for every number that is not known. */
export const unknown = (reason: string): Markup => html`<span class="unknown" title="${reason}">unknown</span>`;
