// The second stage, once the code is deployed: Event Grid refuses a subscription to a function that is not there.
targetScope = 'subscription'

param resourceGroupName string
param appName string
param storageName string
param deadLetterContainer string

@description('What the names of the topics end with.')
param token string

var topics = filter(loadJsonContent('../event-grid.json').topics, topic => length(topic.subscriptions) > 0)

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' existing = {
  name: resourceGroupName
}

module subscriptions 'modules/event-subscriptions.bicep' = [for topic in topics: {
  scope: group
  params: {
    topicName: 'evgt-${topic.name}-${token}'
    topic: topic
    appId: resourceId(subscription().subscriptionId, resourceGroupName, 'Microsoft.Web/sites', appName)
    storageId: resourceId(subscription().subscriptionId, resourceGroupName, 'Microsoft.Storage/storageAccounts', storageName)
    deadLetterContainer: deadLetterContainer
  }
}]
