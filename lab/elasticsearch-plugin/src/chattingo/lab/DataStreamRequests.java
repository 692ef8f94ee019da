// The HTTP side of data streams (https://www.elastic.co/docs/api/doc/elasticsearch/group/endpoint-data-stream).

package chattingo.lab;

import static org.elasticsearch.rest.RestRequest.Method.DELETE;
import static org.elasticsearch.rest.RestRequest.Method.GET;
import static org.elasticsearch.rest.RestRequest.Method.PUT;

import java.util.List;
import org.elasticsearch.action.datastreams.CreateDataStreamAction;
import org.elasticsearch.action.datastreams.DeleteDataStreamAction;
import org.elasticsearch.action.datastreams.GetDataStreamAction;
import org.elasticsearch.action.support.IndicesOptions;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestUtils;
import org.elasticsearch.rest.action.RestToXContentListener;

final class DataStreamRequests extends BaseRestHandler {

    @Override
    public String getName() {
        return "lab_data_streams";
    }

    @Override
    public List<Route> routes() {
        return List.of(
            new Route(PUT, "/_data_stream/{name}"),
            new Route(GET, "/_data_stream"),
            new Route(GET, "/_data_stream/{name}"),
            new Route(DELETE, "/_data_stream/{name}")
        );
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String name = request.param("name");
        var masterTimeout = RestUtils.getMasterNodeTimeout(request);
        if (request.method() == PUT) {
            var create = new CreateDataStreamAction.Request(masterTimeout, RestUtils.getAckTimeout(request), name);
            return channel -> client.execute(CreateDataStreamAction.INSTANCE, create, new RestToXContentListener<>(channel));
        }
        String[] names = Strings.splitStringByCommaToArray(name);
        if (request.method() == GET) {
            var get = new GetDataStreamAction.Request(masterTimeout, names);
            get.indicesOptions(IndicesOptions.fromRequest(request, get.indicesOptions()));
            return channel -> client.execute(GetDataStreamAction.INSTANCE, get, new RestToXContentListener<>(channel));
        }
        var delete = new DeleteDataStreamAction.Request(masterTimeout, names);
        delete.indicesOptions(IndicesOptions.fromRequest(request, delete.indicesOptions()));
        return channel -> client.execute(DeleteDataStreamAction.INSTANCE, delete, new RestToXContentListener<>(channel));
    }
}
