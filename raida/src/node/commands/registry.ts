import type { CommandName } from '@raida-wallet/protocol';

import type { MaybePromise, NodePorts } from '../ports.ts';
import { serveDetect } from './detect.ts';
import { serveDetectSum } from './detect-sum.ts';
import { serveEcho } from './echo.ts';
import { serveFind } from './find.ts';
import { serveFix } from './fix.ts';
import { serveGetTicket } from './get-ticket.ts';
import { serveGetTicketBySum } from './get-ticket-by-sum.ts';
import { servePown } from './pown.ts';
import { serveValidateTicket } from './validate-ticket.ts';
import { serveVersion } from './version.ts';

/** Does what a decoded request asks. Throws RequestError with the status to answer instead. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shapes differ by command
export type Serve = (request: any, node: NodePorts) => MaybePromise<any>;

/** What a node does for each command of the protocol's registry. */
export const SERVE: Readonly<Record<CommandName, Serve>> = {
  echo: serveEcho,
  version: serveVersion,
  detect: serveDetect,
  detectSum: serveDetectSum,
  pown: servePown,
  getTicket: serveGetTicket,
  getTicketBySum: serveGetTicketBySum,
  validateTicket: serveValidateTicket,
  find: serveFind,
  fix: serveFix,
};
