import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type GatewayRequest } from '../../auth/api-key.guard.js';
import { mayUseModel } from '../../auth/principal.js';
import { modelNotFound } from '../../dispatch/dispatch-errors.js';
import { LoopGuard } from '../../dispatch/loop-guard.js';
import { type ListedModel, ModelRouter } from '../../dispatch/model-router.js';
import { nodeRequest, nodeResponse, type PlatformResponse } from '../../http/node-http.js';
import { type Model, type ModelList } from '../../protocol/models.js';
import { Described } from '../described.decorator.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { describeModel } from './model-description.js';
import { MODEL, MODEL_LIST } from './models.schemas.js';

/**
 * What a model's name may hold of slashes. Not a wildcard: Express and Fastify spell those in ways that the other does
 * not understand.
 */
const NAMED = [
  '/:name',
  '/:name/:b',
  '/:name/:b/:c',
  '/:name/:b/:c/:d',
  '/:name/:b/:c/:d/:e',
  '/:name/:b/:c/:d/:e/:f',
].map((name) => `models${name}`);

/** @see https://platform.openai.com/docs/api-reference/models */
@GatewayRoute()
@Controller('v1')
export class ModelsController {
  // OpenAI says when a model was made; nobody here knows, and clients want a number.
  private readonly created = Math.floor(Date.now() / 1000);
  /** Of the list that the router had when it was last asked. */
  private described: { readonly listed: readonly ListedModel[]; readonly models: readonly Model[] } | undefined;

  constructor(
    private readonly router: ModelRouter,
    private readonly loops: LoopGuard,
  ) {}

  @Get('models')
  @Described({ operationId: 'listModels', summary: 'List models', answer: { 'application/json': MODEL_LIST } })
  list(@Req() request: GatewayRequest, @Res({ passthrough: true }) response: PlatformResponse): ModelList {
    // A gateway that is its own provider would be told, by itself, that there are none.
    this.loops.check(nodeRequest(request).headers);
    nodeResponse(response).setHeader('x-request-id', uuidv7());
    return { object: 'list', data: this.all().filter(({ id }) => this.isAllowed(request, id)) };
  }

  /** Any name that can be asked for. It may hold slashes. */
  @Get(NAMED)
  @Described({ operationId: 'retrieveModel', summary: 'Read a model', answer: { 'application/json': MODEL } })
  get(
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: PlatformResponse,
    @Param() names: Readonly<Record<string, string>>,
  ): Model {
    nodeResponse(response).setHeader('x-request-id', uuidv7());
    const id = Object.values(names).join('/');
    const model = this.router.find(id);
    if (model === undefined || !this.isAllowed(request, id)) throw modelNotFound(id);
    return describeModel(model, this.created);
  }

  private isAllowed(request: GatewayRequest, id: string): boolean {
    const { principal } = nodeRequest(request);
    return principal !== undefined && mayUseModel(principal, this.router.namesFor(id));
  }

  private all(): readonly Model[] {
    const listed = this.router.names();
    if (this.described?.listed !== listed) {
      this.described = { listed, models: listed.map((model) => describeModel(model, this.created)) };
    }
    return this.described.models;
  }
}
