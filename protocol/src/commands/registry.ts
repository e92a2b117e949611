import type { Command } from '../command.ts';
import { detect } from './detect.ts';
import { detectSum } from './detect-sum.ts';
import { echo } from './echo.ts';
import { find } from './find.ts';
import { fix } from './fix.ts';
import { getTicket } from './get-ticket.ts';
import { getTicketBySum } from './get-ticket-by-sum.ts';
import { pown } from './pown.ts';
import { validateTicket } from './validate-ticket.ts';
import { version } from './version.ts';

/** Every command of section 5. Adding one here makes nodes, relay and tests know it. */
export const COMMANDS = {
  echo,
  version,
  detect,
  detectSum,
  pown,
  getTicket,
  getTicketBySum,
  validateTicket,
  find,
  fix,
} as const;

export type CommandName = keyof typeof COMMANDS;

/** A command of which we do not know the shapes, as routers and tests handle it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shapes differ by command
export type AnyCommand = Command<any, any>;

const BY_CODE: ReadonlyMap<number, AnyCommand> = new Map(
  Object.values(COMMANDS).map((command: AnyCommand) => [
    (command.group << 8) | command.code,
    command,
  ]),
);

const GROUPS: ReadonlySet<number> = new Set(
  Object.values(COMMANDS).map((command: AnyCommand) => command.group),
);

/** The command with these numbers, or undefined (a server's status 6, or 5 for the group). */
export function findCommand(group: number, code: number): AnyCommand | undefined {
  return BY_CODE.get((group << 8) | code);
}

export function isCommandGroup(group: number): boolean {
  return GROUPS.has(group);
}
