import { type CatalogueEntry } from './price-catalogue.js';

/**
 * What the package does not have, or not with all its parts, by the provider's own pages. In pico-USD for a million units:
 * 4e16 is 0.04 USD an image, 15e12 is 15 USD for a million characters, 2e15 is 2 USD for a thousand searches.
 */
export const HAND_KEPT_PRICES: Readonly<Record<string, readonly CatalogueEntry[]>> = {
  // https://platform.openai.com/docs/pricing
  openai: [
    ['tts-1 tts-1-1106', { character: 15e12 }],
    ['tts-1-hd tts-1-hd-1106', { character: 3e13 }],
    [
      'dall-e-2',
      {
        image: 2e16,
        images: [
          { size: '256x256', image: 16e15 },
          { size: '512x512', image: 18e15 },
        ],
      },
    ],
    [
      'dall-e-3',
      {
        image: 4e16,
        images: [
          { size: '1024x1792', quality: 'hd', image: 12e16 },
          { size: '1792x1024', quality: 'hd', image: 12e16 },
          { quality: 'hd', image: 8e16 },
          { size: '1024x1792', image: 8e16 },
          { size: '1792x1024', image: 8e16 },
        ],
      },
    ],
  ],
  // https://openrouter.ai/docs/guides/routing/model-variants/free
  openrouter: [['*:free', {}]],
  // https://cohere.com/pricing
  cohere: [['rerank-v3.5 rerank-english-v3.0 rerank-multilingual-v3.0 rerank-english-v2.0', { search: 2e15 }]],
};
