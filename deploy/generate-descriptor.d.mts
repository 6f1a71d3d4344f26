/** The text of `shared/wire/descriptor.pb.ts`. */
export function descriptorSource(): string;
