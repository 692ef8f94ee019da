// Stands in for Kibana in the lab: the package registries do not carry the real one.
//
// It covers what this project asks of Kibana 9.4: the status, data views (read, create, update) and the import and export
// of saved searches, with the checks that their documentation names, over plain HTTP or TLS, and it keeps them in
// Elasticsearch, so that a restart loses nothing. Where Elasticsearch has users it asks for a login by HTTP authentication:
// without one it shows its overall status only, and saved objects are for those whose role allows them. It does not cover
// the user interface, its login form, spaces, any other endpoint, field or type of saved object: all of these are refused
// and logged. It never encrypts anything with its keys; it only checks their length.

import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setDefaultCACertificates } from "node:tls";
import { Authentication } from "./authentication.ts";
import { DataViews } from "./data-views.ts";
import { versions } from "./discover-session.ts";
import { answer, type Call, type Route } from "./http.ts";
import { RequestFigures } from "./request-figures.ts";
import { SavedObjects } from "./saved-objects.ts";
import { exportedObjects, importedSearches } from "./searches.ts";
import { readSettings } from "./settings.ts";
import { Status } from "./status.ts";

/** The version for which it stands in; tests of what changes with the next one set it. */
const version = versions.find((each) => each === process.env.STAND_IN_VERSION) ?? versions[0];
const [configFile = "config/kibana.yml", ...settingArguments] = process.argv.slice(2);
const settings = readSettings(configFile, settingArguments, process.env);
if (settings.certificateAuthority !== undefined) {
    setDefaultCACertificates([settings.certificateAuthority]);
}
const savedObjects = new SavedObjects(settings.elasticsearchUrl, settings.authorization);
const dataViews = new DataViews(savedObjects);
const authentication = new Authentication(settings.elasticsearchUrl, settings.authorization);
const figures = new RequestFigures(settings.collectionInterval);
const status = new Status(savedObjects, settings.name, version, figures);

/** An endpoint that is open to those whose role lets them manage saved objects. */
const forManagers =
    (handle: Route["handle"]): Route["handle"] =>
    async (call: Call) => {
        await authentication.demandManager(call.authorization);
        return handle(call);
    };

const routes: readonly Route[] = [
    {
        method: "GET",
        path: /^\/api\/status$/,
        handle: async ({ authorization }) =>
            status.report((await authentication.isKnown(authorization)) || settings.allowAnonymousStatus),
    },
    {
        method: "GET",
        path: /^\/api\/data_views\/data_view\/([^/]+)$/,
        handle: forManagers(({ parameters }) => dataViews.get(parameters)),
    },
    {
        method: "POST",
        path: /^\/api\/data_views\/data_view$/,
        handle: forManagers(({ body }) => dataViews.create(body)),
    },
    {
        method: "POST",
        path: /^\/api\/data_views\/data_view\/([^/]+)$/,
        handle: forManagers(({ parameters, body }) => dataViews.update(parameters, body)),
    },
    {
        method: "POST",
        path: /^\/api\/saved_objects\/_import$/,
        handle: forManagers((call) => importedSearches(savedObjects, call, version)),
    },
    {
        method: "POST",
        path: /^\/api\/saved_objects\/_export$/,
        handle: forManagers((call) => exportedObjects(savedObjects, call)),
    },
];

const listener: RequestListener = (request, response) => {
    const answered = figures.came();
    void answer(routes, request, response).finally(answered);
};
const server = settings.server === undefined ? createServer(listener) : createTlsServer(settings.server, listener);
server.listen(settings.port, settings.host, () => console.log(`Kibana's stand-in listens on port ${settings.port}`));
for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => server.close(() => process.exit(0)));
}
