import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule, { bodyParser: false });
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000);
