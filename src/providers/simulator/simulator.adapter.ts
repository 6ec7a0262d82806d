import { Injectable } from '@nestjs/common';
import { AdapterFor } from '../adapter-for.decorator.js';
import { type Provider, type ProviderAdapter } from '../provider-adapter.interface.js';
import { SIMULATED_SPEECH } from './simulator.audio.js';
import { SimulatedCapability } from './simulator.capability.js';
import { SIMULATED_CHAT } from './simulator.chat.js';
import { SIMULATED_COMPLETIONS } from './simulator.completions.js';
import { SIMULATED_EMBEDDINGS } from './simulator.embeddings.js';
import { SIMULATED_IMAGE_EDITS, SIMULATED_IMAGES } from './simulator.images.js';
import { SIMULATED_MODERATIONS } from './simulator.moderations.js';
import { SIMULATED_RERANK } from './simulator.rerank.js';
import { SIMULATED_TRANSCRIPTIONS, SIMULATED_TRANSLATIONS } from './simulator.transcriptions.js';

/**
 * A provider without a model: it answers with what the request itself says, always the same, at a pace and with failures
 * of the caller's choosing. For a first look, and for the tests of applications. One name serves every operation.
 */
@Injectable()
@AdapterFor('simulator')
export class SimulatorAdapter implements ProviderAdapter {
  connect(): Provider {
    return {
      chat: new SimulatedCapability(SIMULATED_CHAT),
      completions: new SimulatedCapability(SIMULATED_COMPLETIONS),
      embeddings: new SimulatedCapability(SIMULATED_EMBEDDINGS),
      moderations: new SimulatedCapability(SIMULATED_MODERATIONS),
      rerank: new SimulatedCapability(SIMULATED_RERANK),
      images: new SimulatedCapability(SIMULATED_IMAGES),
      imageEdits: new SimulatedCapability(SIMULATED_IMAGE_EDITS),
      speech: new SimulatedCapability(SIMULATED_SPEECH),
      transcriptions: new SimulatedCapability(SIMULATED_TRANSCRIPTIONS),
      translations: new SimulatedCapability(SIMULATED_TRANSLATIONS),
      listModels: () => Promise.resolve(['simulator/echo']),
    };
  }
}
