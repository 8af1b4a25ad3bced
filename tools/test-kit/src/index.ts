export { corpusDir, describeCorpus } from './corpus.js';
