import { expect } from 'vitest';
import { type Json } from '../provider-double.js';
import { ANSWER_SCHEMA, coreOf, type FeatureCase, parts, PLAIN, PNG } from './feature-case.js';

const PDF = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
const WAV = Buffer.from('RIFF$\0\0\0WAVEfmt ').toString('base64');
const IMAGE_URL = 'https://images.example/cat.png';
const user = (...content: Json[]): Json => ({ messages: [{ role: 'user', content }] });

export const CONTENT_CASES: readonly FeatureCase[] = [
  {
    feature: 'chat.json_schema',
    title: '`response_format`: a JSON schema',
    asks: () => ({
      response_format: { type: 'json_schema', json_schema: { name: 'person', schema: ANSWER_SCHEMA, strict: true } },
    }),
    seen: ({ format }) => {
      const { schema } = typeof format === 'object' ? format : { schema: undefined };
      expect(coreOf(schema)).toEqual(coreOf(ANSWER_SCHEMA));
    },
    scene: { ...PLAIN, text: ['{"name":', '"Ada","age":36}'] },
    told: ({ text }) => expect(JSON.parse(text)).toEqual({ name: 'Ada', age: 36 }),
  },
  {
    feature: 'chat.json_object',
    title: '`response_format`: any JSON object',
    asks: () => ({
      messages: [{ role: 'user', content: 'Answer in JSON.' }],
      response_format: { type: 'json_object' },
    }),
    seen: ({ format }) => expect(format).toBe('object'),
  },
  {
    feature: 'chat.images.base64',
    title: 'images as data URLs',
    asks: () =>
      user(
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
      ),
    seen: (native) =>
      expect(parts(native)).toMatchObject([
        { type: 'text', text: 'What is it?' },
        { type: 'image', mediaType: 'image/png', base64: PNG },
      ]),
  },
  {
    feature: 'chat.images.url',
    title: 'images by URL',
    asks: () => user({ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: IMAGE_URL } }),
    seen: (native) => expect(parts(native)).toContainEqual(expect.objectContaining({ type: 'image', url: IMAGE_URL })),
  },
  {
    feature: 'chat.files',
    title: 'PDF files',
    asks: () =>
      user(
        { type: 'text', text: 'Sum it up.' },
        { type: 'file', file: { filename: 'report.pdf', file_data: `data:application/pdf;base64,${PDF}` } },
      ),
    seen: (native) =>
      expect(parts(native)).toContainEqual(
        expect.objectContaining({ type: 'file', mediaType: 'application/pdf', base64: PDF }),
      ),
  },
  {
    feature: 'chat.audio_input',
    title: 'audio in a message',
    asks: () =>
      user({ type: 'text', text: 'Who speaks?' }, { type: 'input_audio', input_audio: { data: WAV, format: 'wav' } }),
    seen: (native) =>
      expect(parts(native)).toContainEqual(expect.objectContaining({ type: 'audio', format: 'wav', base64: WAV })),
  },
  {
    feature: 'chat.audio_output',
    title: 'answers in audio (`modalities`, `audio`)',
    asks: () => ({ modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'pcm16' } }),
    seen: ({ parameters }) => expect(parameters['modalities']).toEqual(['text', 'audio']),
  },
  {
    feature: 'chat.system_midway',
    title: 'system messages between the others',
    asks: () => ({
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How are you?' },
      ],
    }),
    seen: ({ system, midway }) => {
      expect(system).toEqual(['Be kind.', 'Be brief.']);
      expect(midway).toEqual(['Be brief.']);
    },
  },
  {
    feature: 'chat.message_names',
    title: '`name` of a message',
    asks: () => ({ messages: [{ role: 'user', name: 'ada', content: 'Hi' }] }),
    seen: ({ names }) => expect(names).toEqual(['ada']),
  },
];
