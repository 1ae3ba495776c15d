import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendError } from './errors.ts';

// The pages: files of `npm run build`, served as they are. Files whose name holds a hash of their content never change;
// everything else is asked for anew each time, and answered 304 when it has not changed.

const hashedName = /[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const missingMessage = 'the pages are not built: run `npm run build`, then load this page again';

export function registerPages(app: FastifyInstance, pagesDirectory: string): void {
  void app.register(async (pages) => {
    pages.addHook('onRequest', async (request, reply) => {
      if (!existsSync(pagesDirectory)) return pagesMissing(request.headers.accept ?? '', reply);
      return request.url === '/' && !existsSync(path.join(pagesDirectory, 'index.html'))
        ? reply.redirect('/desk/')
        : undefined;
    });
    await pages.register(fastifyStatic, {
      root: path.resolve(pagesDirectory),
      suppressWarning: true,
      redirect: true,
      dotfiles: 'deny',
      cacheControl: false,
      preCompressed: true,
      setHeaders: (reply, file) => {
        const hashed = path.basename(path.dirname(file)) === 'assets' && hashedName.test(path.basename(file));
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  });
}

function pagesMissing(accept: string, reply: FastifyReply): FastifyReply {
  if (!accept.includes('text/html')) sendError(reply, 'MEKS_PAGES_MISSING', missingMessage);
  else
    reply
      .code(503)
      .headers({ 'retry-after': '5', 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' })
      .send(missingPage);
  return reply;
}

const missingPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<title>MEKS: pages missing</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }</style>
<h1>The pages are not built</h1>
<p>The broker runs, and dashboards that are connected are not affected. To build the pages, run</p>
<pre>npm run build</pre>
<p>in the folder of MEKS. This page loads again by itself.</p>
<p><small>MEKS_PAGES_MISSING</small></p>
</html>
`;
