/** Names of things: branded so that one kind of id cannot be passed for another. */

declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type CampaignId = Id<'CampaignId'>;
/** Unique in a store: `<campaign>-<index>`. */
export type TrialId = Id<'TrialId'>;
export type LeaseId = Id<'LeaseId'>;
export type AgentId = Id<'AgentId'>;
/** One physical device by UUID or PCI address (`GPU-…`, `0000:01:00.0`), `cpu-package-0`, `cpu` for a modelled host; never an index. */
export type DeviceId = Id<'DeviceId'>;
/** What one trial holds of an agent's machine. */
export type SlotId = Id<'SlotId'>;
/** The canonical text of a hardware class, such as `NVIDIA H200 x1 @700 W / tfjs-wasm`. */
export type HardwareClassId = Id<'HardwareClassId'>;

export const campaignId = (text: string): CampaignId => text as CampaignId;
export const trialId = (text: string): TrialId => text as TrialId;
export const leaseId = (text: string): LeaseId => text as LeaseId;
export const agentId = (text: string): AgentId => text as AgentId;
export const deviceId = (text: string): DeviceId => text as DeviceId;
export const slotId = (text: string): SlotId => text as SlotId;
export const hardwareClassId = (text: string): HardwareClassId => text as HardwareClassId;
