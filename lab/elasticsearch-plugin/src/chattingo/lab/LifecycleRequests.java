// The HTTP side of ILM (https://www.elastic.co/docs/api/doc/elasticsearch/group/endpoint-ilm).

package chattingo.lab;

import static org.elasticsearch.rest.RestRequest.Method.DELETE;
import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.POST;
import static org.elasticsearch.rest.RestRequest.Method.PUT;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.action.support.master.AcknowledgedRequest;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestChunkedToXContentListener;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentParser;
import org.elasticsearch.xpack.core.ilm.ExplainLifecycleRequest;
import org.elasticsearch.xpack.core.ilm.LifecyclePolicy;
import org.elasticsearch.xpack.core.ilm.StartILMRequest;
import org.elasticsearch.xpack.core.ilm.StopILMRequest;
import org.elasticsearch.xpack.core.ilm.action.DeleteLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.ExplainLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.GetLifecycleAction;
import org.elasticsearch.xpack.core.ilm.action.GetStatusAction;
import org.elasticsearch.xpack.core.ilm.action.ILMActions;
import org.elasticsearch.xpack.core.ilm.action.PutLifecycleRequest;

final class LifecycleRequests {

    private LifecycleRequests() {}

    static final class Policy extends BaseRestHandler {

        @Override
        public String getName() {
            return "lab_lifecycle_policy";
        }

        @Override
        public List<Route> routes() {
            return List.of(
                new Route(PUT, "/_ilm/policy/{name}"),
                new Route(GET, "/_ilm/policy"),
                new Route(GET, "/_ilm/policy/{name}"),
                new Route(DELETE, "/_ilm/policy/{name}")
            );
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
            String name = request.param("name");
            if (request.method() == GET) {
                var get = new GetLifecycleAction.Request(RestUtils.getMasterNodeTimeout(request), Strings.splitStringByCommaToArray(name));
                return channel -> client.execute(GetLifecycleAction.INSTANCE, get, new RestChunkedToXContentListener<>(channel));
            }
            var masterTimeout = RestUtils.getMasterNodeTimeout(request);
            var timeout = RestUtils.getAckTimeout(request);
            if (request.method() == DELETE) {
                var delete = new DeleteLifecycleAction.Request(masterTimeout, timeout, name);
                return channel -> client.execute(DeleteLifecycleAction.INSTANCE, delete, new RestToXContentListener<>(channel));
            }
            try (XContentParser parser = request.contentParser()) {
                var put = PutLifecycleRequest.parseRequest(new PutLifecycleRequest.Factory() {
                    @Override
                    public PutLifecycleRequest create(LifecyclePolicy policy) {
                        return new PutLifecycleRequest(masterTimeout, timeout, policy);
                    }

                    @Override
                    public String getPolicyName() {
                        return name;
                    }
                }, parser);
                return channel -> client.execute(ILMActions.PUT, put, new RestToXContentListener<>(channel));
            }
        }
    }

    static final class Explain extends BaseRestHandler {

        @Override
        public String getName() {
            return "lab_lifecycle_explain";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(GET, "/{index}/_ilm/explain"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            var explain = new ExplainLifecycleRequest(RestUtils.getMasterNodeTimeout(request));
            explain.indices(Strings.splitStringByCommaToArray(request.param("index")));
            explain.indicesOptions(IndicesOptions.fromRequest(request, IndicesOptions.strictExpandOpen()));
            explain.onlyManaged(request.paramAsBoolean("only_managed", false));
            explain.onlyErrors(request.paramAsBoolean("only_errors", false));
            return channel -> client.execute(ExplainLifecycleAction.INSTANCE, explain, new RestToXContentListener<>(channel));
        }
    }

    static final class Mode extends BaseRestHandler {

        @Override
        public String getName() {
            return "lab_lifecycle_mode";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(GET, "/_ilm/status"), new Route(POST, "/_ilm/start"), new Route(POST, "/_ilm/stop"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            var masterTimeout = RestUtils.getMasterNodeTimeout(request);
            if (request.method() == GET) {
                var status = new AcknowledgedRequest.Plain(masterTimeout, RestUtils.getAckTimeout(request));
                return channel -> client.execute(GetStatusAction.INSTANCE, status, new RestToXContentListener<>(channel));
            }
            var timeout = RestUtils.getAckTimeout(request);
            if (request.path().endsWith("start")) {
                var start = new StartILMRequest(masterTimeout, timeout);
                return channel -> client.execute(ILMActions.START, start, new RestToXContentListener<>(channel));
            }
            var stop = new StopILMRequest(masterTimeout, timeout);
            return channel -> client.execute(ILMActions.STOP, stop, new RestToXContentListener<>(channel));
        }
    }
}
