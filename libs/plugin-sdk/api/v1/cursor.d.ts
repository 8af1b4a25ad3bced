/** What a COCO file turned out to be, from its content. */
export type CocoKind = 'dataset' | 'results';
/** One top-level key of the file, in file order. */
export interface SectionSummary {
    readonly name: string;
    /** `array` and `object` hold records; `value` is anything else (`info`, a string, `null`), kept in `json`. */
    readonly form: 'array' | 'object' | 'value';
    /** Records met, stored and refused so far: `read = imported + refused`. Zero for `value`. */
    readonly read: number;
    readonly imported: number;
    readonly refused: number;
    /** For `value`: the JSON text as found. */
    readonly json?: string;
}
/**
 * A point between two records from which reading can go on: plain JSON, kept in the database together with the rows
 * that lie before it. Also the running account of the read.
 */
export interface CocoCursor {
    readonly version: 1;
    readonly kind: CocoKind;
    /** Bytes consumed. Reading goes on with the byte at this offset. */
    readonly byteOffset: number;
    /** Section that is open at this point, or `null` between sections; `''` for a root list. */
    readonly section: string | null;
    /** Index of the next element of the open section. */
    readonly index: number;
    readonly sections: readonly SectionSummary[];
    /** Exact number of findings by code, also of those beyond the samples kept. */
    readonly findingCounts: Readonly<Record<string, number>>;
    /** Version of the source (generation, or mtime and size) this cursor belongs to, where the source has one. */
    readonly sourceVersion?: string;
    /** True once the file was read to its end without a syntax error. */
    readonly done: boolean;
}
