/** The object resource of the JSON API; numbers are text there. */
export function resource(bucket, object) {
  return {
    kind: 'storage#object',
    id: `${bucket}/${object.name}/${object.generation}`,
    name: object.name,
    bucket,
    generation: object.generation,
    metageneration: '1',
    contentType: object.contentType,
    ...(object.contentEncoding && { contentEncoding: object.contentEncoding }),
    storageClass: 'STANDARD',
    size: String(object.bytes.length),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: `C${object.generation}`,
    timeCreated: object.updated,
    updated: object.updated,
  };
}

export function sendJson(response, status, body, headers = {}) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export function sendError(response, status, message, headers = {}) {
  sendJson(
    response,
    status,
    { error: { code: status, message, errors: [{ message, domain: 'global' }] } },
    headers,
  );
}

/** Whether the preconditions hold; answers 412 or 304 itself where they do not. */
export function preconditionsHold(response, query, object, method) {
  const generation = object?.generation ?? '0';
  const match = query.get('ifGenerationMatch');
  const noMatch = query.get('ifGenerationNotMatch');
  if (match !== null && match !== generation) {
    sendError(response, 412, 'At least one of the pre-conditions you specified did not hold.');
    return false;
  }
  if (noMatch !== null && noMatch === generation) {
    if (method === 'GET') response.writeHead(304).end();
    else sendError(response, 412, 'At least one of the pre-conditions you specified did not hold.');
    return false;
  }
  return true;
}
