/** A configuration: one value per active parameter, in the user's units, with one canonical encoding whose hash names it. */

/** A value of one parameter. */
export type ParameterValue = number | string | boolean;

/** One value per *active* parameter; inactive ones are absent, never filled. */
export type Configuration = Readonly<Record<string, ParameterValue>>;

/** The one text of a configuration: JSON with sorted keys and no spaces. Equal configurations have equal texts. */
export function canonicalConfiguration(configuration: Configuration): string {
  const entries = Object.entries(configuration).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
