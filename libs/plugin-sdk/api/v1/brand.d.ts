import { type Brand } from './plugin.js';
/** Version of this package, part of every brand. A test holds it against package.json. */
export declare const SDK_VERSION = "0.1.0";
export declare function brandOf(definition: object): Brand;
