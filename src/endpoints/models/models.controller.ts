import { type ServerResponse } from 'node:http';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { type AuthenticatedRequest } from '../../auth/api-key.guard.js';
import { mayUseModel } from '../../auth/principal.js';
import { modelNotFound } from '../../dispatch/dispatch-errors.js';
import { type ListedModel, ModelRouter } from '../../dispatch/model-router.js';
import { type Model, type ModelList } from '../../protocol/models.js';
import { GatewayRoute } from '../gateway-route.decorator.js';
import { describeModel } from './model-description.js';

/** @see https://platform.openai.com/docs/api-reference/models */
@GatewayRoute()
@Controller('v1')
export class ModelsController {
  // OpenAI says when a model was made; nobody here knows, and clients want a number.
  private readonly created = Math.floor(Date.now() / 1000);
  /** Of the list that the router had when it was last asked. */
  private described: { readonly listed: readonly ListedModel[]; readonly models: readonly Model[] } | undefined;

  constructor(private readonly router: ModelRouter) {}

  @Get('models')
  list(@Req() request: AuthenticatedRequest, @Res({ passthrough: true }) response: ServerResponse): ModelList {
    response.setHeader('x-request-id', uuidv7());
    return { object: 'list', data: this.modelsFor(request) };
  }

  /** The name may hold slashes. */
  @Get('models/*name')
  get(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: ServerResponse,
    @Param('name') name: string | string[],
  ): Model {
    response.setHeader('x-request-id', uuidv7());
    const id = Array.isArray(name) ? name.join('/') : name;
    const model = this.modelsFor(request).find((one) => one.id === id);
    if (model === undefined) throw modelNotFound(id);
    return model;
  }

  private modelsFor({ principal }: AuthenticatedRequest): Model[] {
    return this.all().filter(({ id }) => principal !== undefined && mayUseModel(principal, this.router.namesFor(id)));
  }

  private all(): readonly Model[] {
    const listed = this.router.names();
    if (this.described?.listed !== listed) {
      this.described = { listed, models: listed.map((model) => describeModel(model, this.created)) };
    }
    return this.described.models;
  }
}
