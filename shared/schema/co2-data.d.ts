/** The part of `@tgwf/co2/data` that is used; the package brings no types. */

declare module '@tgwf/co2/data' {
  export const averageIntensity: {
    readonly data: Readonly<Record<string, number>>;
    readonly type: string;
  };
}
