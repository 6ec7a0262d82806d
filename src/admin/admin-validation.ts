import { type IncomingMessage } from 'node:http';
import {
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type PipeTransform,
  Query,
  ValidationPipe,
} from '@nestjs/common';
import { type ValidationError } from 'class-validator';
import { readJsonBody } from '../endpoints/body-reader.js';
import { GatewayError } from '../errors/gateway-error.js';
import { JsonBody } from '../protocol/json-body.js';

const LIMITS = { bodyBytes: 65_536, jsonDepth: 16, jsonValues: 2_000 };
const MAX_NAME_LENGTH = 64;

const validation = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  validateCustomDecorators: true,
  stopAtFirstError: true,
  exceptionFactory: (errors) => toGatewayError(errors),
});

@Injectable()
class JsonObjectPipe implements PipeTransform<IncomingMessage, Promise<Record<string, unknown>>> {
  async transform(request: IncomingMessage): Promise<Record<string, unknown>> {
    return (await readJsonBody(request, LIMITS)).value;
  }
}

const requestOf = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<IncomingMessage>(),
);

/** The body, a JSON object, as the parameter's class describes it. Read after the guard has let the request in. */
export const AdminBody = (): ParameterDecorator => requestOf(new JsonObjectPipe(), validation);

@Injectable()
class JsonBodyPipe implements PipeTransform<IncomingMessage, Promise<JsonBody>> {
  async transform(request: IncomingMessage): Promise<JsonBody> {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if ((length === undefined || length === '0') && coding === undefined) return JsonBody.of({});
    return readJsonBody(request, LIMITS);
  }
}

/** The body as it came, a JSON object; an empty one where there is none. Whoever takes it says what it must be. */
export const AdminJson = (): ParameterDecorator => requestOf(new JsonBodyPipe());

/** The query as the parameter's class describes it. */
export const AdminQuery = (): ParameterDecorator => Query(validation);

/** Names the field, and never what it holds. */
function toGatewayError([error]: readonly ValidationError[]): GatewayError {
  const param = error?.property.slice(0, MAX_NAME_LENGTH) ?? '';
  const [constraint = '', message = ''] = Object.entries(error?.constraints ?? {})[0] ?? [];
  if (constraint === 'whitelistValidation') {
    return new GatewayError('unknown_parameter', { message: 'There is no such field.', param });
  }
  if (error?.value === undefined) return new GatewayError('missing_required_parameter', { param });
  return new GatewayError('invalid_value', { message: `${message}.`, param });
}
