/** Entries that a lock file lacks, by their path. */
export function missingEntries(lock: { readonly packages: Readonly<Record<string, object>> }): Record<string, object>;
