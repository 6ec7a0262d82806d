import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type Egress, mayConnect, mayGoTo } from './egress.js';
import { KnownNames } from './known-names.js';

/** `code` of the error where a connection is not made for where it would lead. */
export const EGRESS_REFUSED = 'ERR_EGRESS_REFUSED';

/**
 * Makes connections for undici, and none to where the policy does not let them go. A name is looked up once, every address
 * it has is judged, and the connection goes to one of those: no answer of a name server can come in between.
 */
export function egressConnector(
  egress: Egress,
  timeout: number,
  names: KnownNames = new KnownNames(),
): buildConnector.connector {
  const connect = buildConnector({ timeout, allowH2: false, lookup: lookupFor(egress, names) });
  return (options, callback) => {
    const { hostname } = options;
    if (!mayGoTo(hostname, egress)) {
      queueMicrotask(() => callback(refusal(), null));
      return;
    }
    connect(options, (...result) => {
      if (result[0] !== null) names.distrust(hostname);
      callback(...result);
    });
  };
}

function lookupFor(egress: Egress, names: KnownNames): LookupFunction {
  return (hostname, options, callback) => {
    names.lookup(hostname, options, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), []);
      } else if (!addresses.every(({ address }) => isIP(address) !== 0 && mayConnect(hostname, address, egress))) {
        callback(refusal(), []);
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(): NodeJS.ErrnoException {
  return Object.assign(new Error('Requests must not go there.'), { code: EGRESS_REFUSED });
}
