export function documents(): string[];
