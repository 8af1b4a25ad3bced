export { corpusDir, describeCorpus } from './corpus.js';
export { heldBytes } from './held-bytes.js';
