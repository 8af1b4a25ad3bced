/** What the API needs of an engine. Structural: `createEngine` of @datavis/engine fits. */
export interface ApiEngine {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}
