import { MAX_PORT, PORT_ATTEMPTS } from '../limits.ts';
import type { Endpoint } from '../transport/endpoint.ts';
import { TcpServer } from '../transport/tcp-server.ts';
import { UdpServer } from '../transport/udp-server.ts';

/** A UDP and a TCP server at the same port. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Port 0 lets the system choose. Rejects with an error that names the port. */
export async function listen(host: string, port: number, endpoint: Endpoint): Promise<Listener> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listenOnce(host, port, endpoint);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The system chose a port that was free for TCP only: try another one.
      const retry = port === 0 && code === 'EADDRINUSE' && attempt < PORT_ATTEMPTS;
      if (!retry) throw explain(error as NodeJS.ErrnoException, host, port);
    }
  }
}

async function listenOnce(host: string, port: number, endpoint: Endpoint): Promise<Listener> {
  const tcp = await TcpServer.listen({ host, port }, endpoint);
  const chosen = tcp.port;
  try {
    const udp = await UdpServer.listen({ host, port: chosen }, endpoint);
    return {
      port: chosen,
      async close() {
        await Promise.all([udp.close(), tcp.close()]);
      },
    };
  } catch (error) {
    await tcp.close();
    throw error;
  }
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const at = `port ${port} of ${host}`;
  if (error.code === 'EADDRINUSE') {
    return new Error(`${at} is in use by another program: choose another --base-port`, {
      cause: error,
    });
  }
  if (error.code === 'EACCES')
    return new Error(`this user may not listen at ${at}`, { cause: error });
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new Error(`${host} is no address of this machine: choose another --host`, {
      cause: error,
    });
  }
  return error;
}

/** The port of each node when they are counted up from a base port; 0 stays 0 for all. */
export function portOf(basePort: number, raida: number): number {
  const port = basePort === 0 ? 0 : basePort + raida;
  if (port > MAX_PORT) throw new Error(`there is no port ${port}: choose a lower --base-port`);
  return port;
}
