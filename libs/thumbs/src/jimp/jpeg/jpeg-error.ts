/** Why a JPEG could not be decoded; the engine turns it into a typed error. */
export class JpegError extends Error {
  readonly kind: 'corrupt' | 'unsupported' | 'too-large';

  constructor(kind: JpegError['kind'], message: string) {
    super(`JPEG: ${message}`);
    this.kind = kind;
  }
}
