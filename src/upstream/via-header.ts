/** Names the gateways that a request has come through, each by a mark of its own. */
export const VIA_HEADER = 'x-nestgate-via';
