export function shippedSources(...folders: string[]): string[];
export function matches(texts: readonly string[], pattern: RegExp): string[];
export function documentedCodes(document: string): string[];
