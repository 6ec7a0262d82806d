import { Injectable, type Type } from '@nestjs/common';
import { Extension, type GatewayExtension } from '../../src/extensions/gateway-extension.interface.js';

/** An extension class whose hooks are these. */
export function extension(order: number | undefined, hooks: GatewayExtension): Type<GatewayExtension> {
  class TestExtension {
    constructor() {
      Object.assign(this, hooks);
    }
  }
  Extension(order === undefined ? undefined : { order })(TestExtension);
  Injectable()(TestExtension);
  return TestExtension;
}
