/** Answers of the mock upstream as bytes on the wire, made once. */

/** @param {string} type @param {string | Buffer} body @param {string} status @param {string} headers more lines, each with its end */
export function wholeAnswer(type, body, status = '200 OK', headers = '') {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\n${headers}content-length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** @param {unknown} body @param {string} status @param {string} headers */
export function jsonAnswer(body, status = '200 OK', headers = '') {
  return wholeAnswer('application/json', JSON.stringify(body), status, headers);
}

/**
 * A streamed answer as the writes it is made of, each event framed as a chunk of the transfer coding.
 * @param {string} type @param {readonly (string | Buffer)[]} events
 */
export function streamedAnswer(type, events) {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  return events.map((event, at) => {
    const bytes = Buffer.from(event);
    return Buffer.concat([
      Buffer.from(`${at === 0 ? head : ''}${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from(at === events.length - 1 ? '\r\n0\r\n\r\n' : '\r\n'),
    ]);
  });
}
