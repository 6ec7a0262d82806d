import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(
  AppModule.forRoot([
    { name: 'house', kind: 'ollama', baseUrl: process.env['OLLAMA_URL'] ?? 'http://localhost:11434' },
    { name: 'openai', kind: 'openai', apiKey: process.env['OPENAI_API_KEY'] ?? '' },
  ]),
);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000);
