// POST /_ilm/start and /_ilm/stop: only the mode changes, as there is nothing that runs.

package chattingo.lab;

import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.master.AcknowledgedRequest;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.cluster.project.ProjectResolver;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.threadpool.ThreadPool;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.ilm.LifecycleOperationMetadata;
import org.elasticsearch.xpack.core.ilm.OperationMode;
import org.elasticsearch.xpack.core.ilm.StartILMRequest;
import org.elasticsearch.xpack.core.ilm.StopILMRequest;
import org.elasticsearch.xpack.core.ilm.action.ILMActions;

abstract class ChangeMode<Request extends AcknowledgedRequest<Request>> extends ProjectUpdate<Request> {

    private final OperationMode mode;

    ChangeMode(
        String actionName,
        OperationMode mode,
        TransportService transportService,
        ClusterService clusterService,
        ThreadPool threadPool,
        ActionFilters actionFilters,
        Writeable.Reader<Request> reader,
        ProjectResolver projectResolver
    ) {
        super(actionName, LifecycleOperationMetadata.TYPE, transportService, clusterService, threadPool, actionFilters, reader, projectResolver);
        this.mode = mode;
    }

    @Override
    Metadata.ProjectCustom change(Request request, ProjectMetadata project) {
        return new LifecycleOperationMetadata(mode, LifecycleOperationMetadata.currentSLMMode(project));
    }

    public static class Start extends ChangeMode<StartILMRequest> {
        @Inject
        public Start(
            TransportService transportService,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            ProjectResolver projectResolver
        ) {
            super(
                ILMActions.START.name(),
                OperationMode.RUNNING,
                transportService,
                clusterService,
                threadPool,
                actionFilters,
                StartILMRequest::new,
                projectResolver
            );
        }
    }

    public static class Stop extends ChangeMode<StopILMRequest> {
        @Inject
        public Stop(
            TransportService transportService,
            ClusterService clusterService,
            ThreadPool threadPool,
            ActionFilters actionFilters,
            ProjectResolver projectResolver
        ) {
            super(
                ILMActions.STOP.name(),
                OperationMode.STOPPED,
                transportService,
                clusterService,
                threadPool,
                actionFilters,
                StopILMRequest::new,
                projectResolver
            );
        }
    }
}
