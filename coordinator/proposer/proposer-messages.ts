/** What the proposer's thread and its owner say to each other. */

import type { Proposal, ProposalRequest } from '../../shared/domain/proposal.js';

export interface ProposeMessage {
  readonly id: number;
  readonly request: ProposalRequest;
}

export type AnswerMessage =
  | { readonly id: number; readonly proposal: Proposal }
  | {
      readonly id: number;
      readonly error: { readonly name: string; readonly message: string; readonly stack: string };
    };
