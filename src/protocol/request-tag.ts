/** What a client may file a request under. */
export const REQUEST_TAG = /^[\w.:/-]{1,64}$/;
