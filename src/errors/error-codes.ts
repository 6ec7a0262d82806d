/**
 * Every error this gateway answers with by itself: its code, HTTP status and OpenAI type, in one table.
 * An upstream's own error keeps the upstream's status and code (`UpstreamError`).
 *
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export const ERROR_CODES = {
  // The request cannot be understood.
  malformed_http: [400, 'invalid_request_error', 'The HTTP request is malformed.'],
  unsupported_transfer_encoding: [400, 'invalid_request_error', 'Only the chunked transfer encoding is supported.'],
  invalid_host: [400, 'invalid_request_error', 'The Host header is missing or invalid.'],
  duplicate_header: [400, 'invalid_request_error', 'A header that may appear once appears more than once.'],
  invalid_encoding: [400, 'invalid_request_error', 'The request body is not valid UTF-8.'],
  invalid_json: [400, 'invalid_request_error', 'The request body is not valid JSON.'],
  json_too_complex: [400, 'invalid_request_error', 'The request body is nested too deeply or has too many values.'],
  invalid_form: [400, 'invalid_request_error', 'The multipart form is malformed, or was cut off.'],
  invalid_part: [400, 'invalid_request_error', 'A part of the multipart form cannot be read.'],
  too_many_parts: [400, 'invalid_request_error', 'The multipart form has too many parts.'],
  invalid_type: [400, 'invalid_request_error', 'A parameter has the wrong type.'],
  invalid_value: [400, 'invalid_request_error', 'A parameter has an invalid value.'],
  missing_required_parameter: [400, 'invalid_request_error', 'A required parameter is missing.'],
  unknown_parameter: [400, 'invalid_request_error', 'A parameter is not known.'],
  unsupported_parameter: [400, 'invalid_request_error', 'The model does not support a parameter.'],
  invalid_idempotency_key: [
    400,
    'invalid_request_error',
    'The Idempotency-Key must be 1 to 255 characters of printable ASCII.',
  ],
  guardrail_refused: [400, 'invalid_request_error', 'The request or its answer was refused by a guardrail.'],
  // The caller is not known, or may not.
  missing_api_key: [401, 'invalid_request_error', 'No API key was given. Send it as: Authorization: Bearer <key>'],
  invalid_api_key: [401, 'invalid_request_error', 'The API key is not valid.'],
  unauthenticated: [401, 'invalid_request_error', 'The caller is not known.'],
  missing_admin_token: [401, 'invalid_request_error', 'No token was given. Send it as: Authorization: Bearer <token>'],
  invalid_admin_token: [401, 'invalid_request_error', 'The token is not valid.'],
  forbidden: [403, 'invalid_request_error', 'A client key does not administer: that takes an admin token.'],
  insufficient_scope: [403, 'invalid_request_error', 'The token may not do this.'],
  // There is nothing of that name.
  unknown_url: [404, 'invalid_request_error', 'There is nothing at this URL.'],
  not_found: [404, 'invalid_request_error', 'There is nothing of that id.'],
  model_not_found: [404, 'invalid_request_error', 'The model was not found.'],
  unsupported_operation: [404, 'invalid_request_error', 'No provider of the model does this.'],
  method_not_allowed: [405, 'invalid_request_error', 'This URL does not answer this method.'],
  request_timeout: [408, 'invalid_request_error', 'The request took too long to arrive.'],
  already_exists: [409, 'invalid_request_error', 'There is one of that name.'],
  in_use: [409, 'invalid_request_error', 'Something else belongs to it.'],
  read_only: [409, 'invalid_request_error', 'It is defined by the configuration, and changed there.'],
  key_revoked: [409, 'invalid_request_error', 'The key is revoked: nothing brings it back.'],
  last_owner: [409, 'invalid_request_error', 'It is the last token of an owner that does not end: make another first.'],
  idempotency_in_progress: [
    409,
    'invalid_request_error',
    'The request with this Idempotency-Key is still in progress.',
  ],
  idempotency_outcome_unknown: [
    409,
    'invalid_request_error',
    'Nobody knows what became of the request with this Idempotency-Key. It is not sent again.',
  ],
  idempotency_answer_not_kept: [
    409,
    'invalid_request_error',
    'The request with this Idempotency-Key was answered, and the answer was not kept. It is not sent again.',
  ],
  precondition_failed: [412, 'invalid_request_error', 'It was changed since: read it again.'],
  payload_too_large: [413, 'invalid_request_error', 'The request body is too large.'],
  unsupported_media_type: [415, 'invalid_request_error', 'The request body must be application/json in UTF-8.'],
  unsupported_content_encoding: [415, 'invalid_request_error', 'Compressed request bodies are not accepted.'],
  expectation_failed: [417, 'invalid_request_error', 'The Expect header asks for something this server does not do.'],
  idempotency_key_reused: [422, 'invalid_request_error', 'This Idempotency-Key was used for another request.'],
  precondition_required: [428, 'invalid_request_error', 'Send the ETag that you have read as If-Match.'],
  header_too_large: [431, 'invalid_request_error', 'The request headers are too large or too many.'],
  request_refused: [403, 'invalid_request_error', 'The request was refused.'],
  rate_limit_exceeded: [429, 'requests', 'Too many requests.'],
  insufficient_quota: [429, 'insufficient_quota', 'A budget is used up.'],
  price_unknown: [400, 'invalid_request_error', 'Nobody knows what the request may cost, and a budget must.'],
  too_many_authentication_failures: [429, 'requests', 'Too many failed authentications from this address.'],
  client_closed_request: [
    499,
    'invalid_request_error',
    'The client closed the connection before the answer was complete.',
  ],
  // Upstream.
  upstream_error: [502, 'upstream_error', 'The provider answered with an error.'],
  upstream_unreachable: [502, 'upstream_error', 'The provider could not be reached.'],
  upstream_invalid_response: [502, 'upstream_error', 'The provider sent an answer that could not be understood.'],
  upstream_stream_broken: [502, 'upstream_error', 'The provider ended the stream before the answer was complete.'],
  upstream_redirect: [502, 'upstream_error', 'The provider answered with a redirect, which is not followed.'],
  upstream_address_refused: [502, 'upstream_error', 'The provider is at an address that requests must not go to.'],
  upstream_overloaded: [503, 'upstream_error', 'As many requests are under way at the provider as may be.'],
  upstream_timeout: [504, 'timeout_error', 'The provider did not answer in time.'],
  // This gateway.
  server_error: [500, 'server_error', 'The server had an error while processing the request.'],
  extension_failed: [500, 'server_error', 'A part of the server that must not be passed over has failed.'],
  auth_unavailable: [503, 'server_error', 'The API key cannot be checked at the moment.'],
  no_deployment_available: [503, 'server_error', 'No provider of the model can take the request at the moment.'],
  idempotency_unavailable: [503, 'server_error', 'The Idempotency-Key cannot be checked at the moment.'],
  budget_unverifiable: [503, 'server_error', 'A budget cannot be checked at the moment.'],
  usage_store_unavailable: [503, 'server_error', 'What the request costs could not be kept at the moment.'],
  server_shutting_down: [503, 'server_error', 'The server is shutting down.'],
  loop_detected: [508, 'server_error', 'The request has come back to this gateway: a provider of its leads here.'],
} as const satisfies Record<string, readonly [status: number, type: string, message: string]>;

export type ErrorCode = keyof typeof ERROR_CODES;
