// Stands in for Kibana in the lab: the package registries do not carry the real one.
//
// It covers what this project asks of Kibana 9.4: the status, data views (read, create, update) and the import and export
// of saved searches, with the checks that their documentation names, over plain HTTP or TLS, and it keeps them in
// Elasticsearch, so that a restart loses nothing. It does not cover the user interface, logins, spaces, any other endpoint,
// field or type of saved object: all of these are refused and logged. It never encrypts anything with its keys; it only
// checks their length.

import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setDefaultCACertificates } from "node:tls";
import { DataViews } from "./data-views.ts";
import { answer, type Route } from "./http.ts";
import { SavedObjects } from "./saved-objects.ts";
import { exportedObjects, importedSearches } from "./searches.ts";
import { readSettings } from "./settings.ts";
import { Status } from "./status.ts";

const settings = readSettings(process.env);
if (settings.certificateAuthority !== undefined) {
    setDefaultCACertificates([settings.certificateAuthority]);
}
const savedObjects = new SavedObjects(settings.elasticsearchUrl, settings.authorization);
const dataViews = new DataViews(savedObjects);
const status = new Status(savedObjects);

const routes: readonly Route[] = [
    { method: "GET", path: /^\/api\/status$/, handle: () => status.report() },
    {
        method: "GET",
        path: /^\/api\/data_views\/data_view\/([^/]+)$/,
        handle: ({ parameters }) => dataViews.get(parameters),
    },
    { method: "POST", path: /^\/api\/data_views\/data_view$/, handle: ({ body }) => dataViews.create(body) },
    {
        method: "POST",
        path: /^\/api\/data_views\/data_view\/([^/]+)$/,
        handle: ({ parameters, body }) => dataViews.update(parameters, body),
    },
    { method: "POST", path: /^\/api\/saved_objects\/_import$/, handle: (call) => importedSearches(savedObjects, call) },
    { method: "POST", path: /^\/api\/saved_objects\/_export$/, handle: (call) => exportedObjects(savedObjects, call) },
];

const listener: RequestListener = (request, response) => {
    const started = performance.now();
    void answer(routes, request, response).finally(() => status.served(performance.now() - started));
};
const server = settings.server === undefined ? createServer(listener) : createTlsServer(settings.server, listener);
server.listen(settings.port, settings.host, () => console.log(`Kibana's stand-in listens on port ${settings.port}`));
for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => server.close(() => process.exit(0)));
}
