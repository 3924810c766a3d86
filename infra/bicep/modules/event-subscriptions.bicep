// Who gets what of one topic: the subscriptions of infra/event-grid.json, to a function that has to be deployed by now.

param topicName string

@description('The topic, as infra/event-grid.json has it.')
param topic object

param appId string
param storageId string
param deadLetterContainer string

resource source 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource subscriptions 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = [for subscription in topic.subscriptions: {
  parent: source
  name: subscription.name
  properties: {
    eventDeliverySchema: topic.inputSchema
    filter: subscription.filter
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        // The emulator is told an address that ends with the function's name.
        resourceId: '${appId}/functions/${last(split(subscription.endpoint, 'functionName='))}'
        maxEventsPerBatch: subscription.batching.maxEventsPerBatch
        preferredBatchSizeInKilobytes: subscription.batching.preferredBatchSizeInKilobytes
      }
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storageId
          blobContainerName: deadLetterContainer
        }
      }
    }
  }
}]
